/** 教师参考，中文。 @module */

/** @import {Notes} from './notes.js' */

/** @type {Notes} */
export const notes = {
  lang: 'zh',
  title: '教师参考',
  lead: '45 分钟和 90 分钟的教案，全部练习及其答案，能把页面设置好的链接，以及怎样将一张图嵌入自己的网页。',
  words: {
    minutes: '分钟',
    what: '内容',
    solution: '答案：',
    wrong: '常见的错误：',
    open: '打开这道题。',
  },
  sections: [
    {
      id: 'before',
      title: '课前准备',
      blocks: [
        '只需要一个近三年的浏览器，不用注册，也不用安装。学生写的数字和训练的网络都留在自己的设备上。手写数字集 MNIST 约 11 MB，只载入一次。',
        {
          list: [
            '请在联网时让每台设备先打开一次页面；之后断网也能使用。',
            '第一课的一百段，按教程的速度是五秒。在笔记本电脑上，第二课的一个 epoch 约 7 秒。手机和旧电脑要慢几倍；所有练习都不需要训练满一个 epoch。',
            '学生应当知道什么是函数，损失衡量的是什么。做与梯度有关的练习，最好学过导数。不需要编程。',
            '投影时，可在浏览器中把页面放大到 125% 或 150%。页面随系统显示为浅色或深色。',
          ],
        },
      ],
    },
    {
      id: 'plan-45',
      title: '45 分钟：网络为什么需要记忆',
      blocks: [
        {
          plan: [
            [
              '0–5',
              '投影首屏。请一位学生写一个数字，其他人说说读到第几行就能认出来；再看逐行预测图：网络是读到第几行认出来的？',
            ],
            [
              '5–12',
              '板书：sin <em>t</em> = 0.71，cos <em>t</em> 是多少？答案有两个。还需要知道什么？请学生列举：曲线是否在上升；前一个点在哪里。',
            ],
            [
              '12–20',
              '<a href="./?lang=zh#lesson=sin-cos&amp;figure=wave">第一课，从头开始。</a>一起点“开始”。蓝线在哪里最先贴上红线，在哪里最后？请全班读出损失。',
            ],
            [
              '20–28',
              '<a href="./?lang=zh#lesson=sin-cos&amp;figure=memory">状态轨迹。</a>先点“训练之前”，再点“开始训练，看它合拢”：sin 相同的两个点渐渐分开。',
            ],
            [
              '28–40',
              '两人一组做练习：“学习率太大，什么也学不到”“低于损失的下限”；做得快的再做“多少记忆才够用？”。',
            ],
            [
              '40–45',
              '一起讨论：状态清零时，为什么偏偏停在 0.1？（十个点中有一个差 1。）能用的最小的网络，必须记住什么？',
            ],
          ],
        },
      ],
    },
    {
      id: 'plan-90',
      title: '90 分钟：门有什么用',
      blocks: [
        '前 40 分钟同上。然后：',
        {
          plan: [
            [
              '40–50',
              '<a href="./?lang=zh#lesson=mnist&amp;figure=belief-tape">第二课。</a>训练一个 epoch，同时写数字；再擦掉几行。提问：擦掉的那一行以上，为什么什么都不变？',
            ],
            [
              '50–60',
              '<a href="./?lang=zh#lesson=mnist&amp;figure=gates">各个门。</a>比较训练前后。请学生手算：<em>f</em> = 1、<em>i</em> = 0 时，以及 <em>f</em> = 0、<em>i</em> = 1 时，<code>c = f·c + i·g</code> 分别等于什么。',
            ],
            [
              '60–68',
              '<a href="./?lang=zh#lesson=mnist&amp;figure=gradient-flow">RNN、LSTM 与 GRU。</a>点“比较”。读出训练之前和一百步之后，有多少梯度到达第 1 行。',
            ],
            [
              '68–85',
              '两人一组，任选两题：“擦掉一行，4 变成 9”（容易）、“换一种循环单元，参数一样多”（需要纸笔）、“让梯度通过”、“读到一半就知道”。',
            ],
            [
              '85–90',
              '总结：如果读的不是一行行像素，而是句子，会有什么不同？课后作业：“RNN 也能认数字”或“同样的图片，学得更多”。',
            ],
          ],
        },
      ],
    },
    {
      id: 'show',
      title: '值得演示的几件事',
      blocks: [
        {
          list: [
            '<strong>同一个输入，两个答案。</strong><a href="./?lang=zh#lesson=sin-cos&amp;figure=memory">记忆：</a>勾选“标出 sin 相同的两点”。',
            '<strong>种子不是小事。</strong><a href="./?lang=zh#lesson=sin-cos&amp;figure=wave">曲线</a>旁的“换成种子 2 再来”：一次训练不足为凭。让每排学生各用一个种子，把损失汇总到黑板上。',
            '<strong>它学会的是这条曲线，不是余弦。</strong><a href="./?lang=zh#lesson=sin-cos&amp;figure=free-run">换一条曲线：</a>先把频率加倍，再自己画。',
            '<strong>有把握不等于对。</strong><a href="./?lang=zh#lesson=mnist&amp;figure=mistakes">它错在哪里：</a>每四五个错误中，就有一个的概率超过 0.9。',
            '<strong>按固定的乱序读像素。</strong><a href="./?lang=zh#lesson=mnist&amp;figure=scan-order">换一种读法：</a>在我们眼里是噪点，网络仍能认对约 94%。',
          ],
        },
      ],
    },
    {
      id: 'exercises',
      title: '练习',
      blocks: [
        '每道题的目标都由页面自己检查。一次训练如果不算，页面会说明原因：改了不能改的设置，或者中途改过设置。“替我完成”会把答案真正做一遍。完成情况保存在浏览器里；列表下方的“清除完成记录”可以为下一个班做好准备。',
        { exercises: true },
      ],
    },
    {
      id: 'links',
      title: '能把页面设置好的链接',
      blocks: [
        '每一课上方的<strong>复制链接</strong>给出这一课此刻的地址：设置、种子、正在看的图、手写板上的数字。把链接发给学生，大家就从同样的状态开始。<code>#</code> 后面的内容也可以手写：',
        {
          list: [
            '<a href="./?lang=zh#lesson=sin-cos&amp;seed=2&amp;endpoint=exclusive&amp;figure=wave"><code>#lesson=sin-cos&amp;seed=2&amp;endpoint=exclusive&amp;figure=wave</code></a>',
            '<a href="./?lang=zh#lesson=mnist&amp;cell=gru&amp;hiddenSize=76&amp;figure=gates"><code>#lesson=mnist&amp;cell=gru&amp;hiddenSize=76&amp;figure=gates</code></a>',
            '<a href="./?lang=zh#lesson=mnist&amp;trainOn=every&amp;digit=445&amp;figure=belief-tape"><code>#lesson=mnist&amp;trainOn=every&amp;digit=445&amp;figure=belief-tape</code></a>',
            '<a href="./?lang=zh#exercise-calm"><code>#exercise-calm</code></a>：一道练习',
          ],
        },
        '链接只设置状态，不开始训练，“开始”由学生来点。',
      ],
    },
    {
      id: 'embed',
      title: '将一张图嵌入自己的网页',
      blocks: [
        '每一课上方的<strong>嵌入</strong>按钮会写好代码，可以是整课，也可以是其中几张图。用 iframe 将一张图嵌入教学平台：',
        {
          code: `<iframe src="https://your.host/unroll/embed.html?lesson=mnist&show=belief-tape,drawing&lang=zh"
  title="Unroll：逐行预测图" style="width: 100%; height: 640px; border: 0"></iframe>`,
        },
        '在允许脚本的网页里，也可以用元素：',
        {
          code: `<script type="module" src="https://your.host/unroll/lesson/unroll-lesson.js"></script>
<unroll-lesson lesson="sin-cos" show="wave,loss" lang="zh"></unroll-lesson>`,
        },
      ],
    },
    {
      id: 'licence',
      title: '许可与引用',
      blocks: [
        '页面和本文的文字采用 <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a> 许可，可以复制、翻译和修改，也可以商用，但须署名、附上许可链接，并说明是否修改过。写明“选自 Unroll，作者为 the Unroll contributors，CC BY 4.0”即可。程序采用 MIT 或 Apache 2.0 许可，任选其一。<a href="LICENSES.txt">全部许可文本</a>',
        '引用格式：The Unroll contributors, <span lang="en">Unroll: two recurrent networks that learn in a web page while you watch</span>, version 0.1.0，并注明网址和访问日期。',
      ],
    },
  ],
  wrong: {
    diverge:
      '学习率极小时，损失同样很高，所以有的学生往小里调。那也是学不会，但原因不同，不妨两种都问。',
    calm: '多数学生先去改学习率，页面会说明为什么不算。也有人只看某一段的损失，不看二十段的平均。',
    floor:
      '仍用十个点，只是训练得更久：无论多久，损失都停在 0.1。耐心降低不了下限，这正是本题的要点。',
    few: '一个一个地减少单元，训练失败一次就断定单元太少。应当先换一个种子，再换单元数。',
    swing: '去改图中的频率和振幅：那只是换了输入，网络还是同一个。也有人把恒定不变的回答当作摆动。',
    blank: '去擦中间的一横，因为在我们看来它最要紧。也有人擦掉好几行：只能擦一行。',
    parameters:
      '按 4 比 3 直接换算单元数：单元数是以平方计入的。还有人忘了第二个偏置，或者忘了输出层。',
    level:
      '仍用 RNN，只减小学习率。它的梯度就算一时持平，也维持不住，所以不算。还有人一直训练过了 150 步：请点“重置”，早一点暂停。',
    rnn: '去调大学习率，或者换了循环单元，又奇怪为什么不算。',
    batch: '以为“批越大，数据越多”：图片总数是一样的，批越大，修正的次数越少。也有人中途改批大小。',
    early: '去改网络本身，比如增加单元。答案在于损失要求了什么。',
  },
};
